"""Shipping: an API that listens to the topic of another one."""
