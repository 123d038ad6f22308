"""An OpenAPI document → what a project is made of."""
