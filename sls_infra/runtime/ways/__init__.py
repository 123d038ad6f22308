"""Who calls, decided here: for routes whose gateway lets everybody through. Loaded only where a manifest has "ways".

guard.py       a route's ways in: any one of them is enough
way.py         what each of them is to the guard
tokens.py      Jwt: what a token must say          segments.py, remembered.py
signatures.py  and how it is signed                rsa.py, pem.py; PyJWT for what is neither RSA nor HMAC
keys.py        by which key: published, or one's own      jwk.py, fetching.py
api_key.py     ApiKey
webhook.py     Webhook                             schemes.py, replays.py
custom.py      Custom, and the answers of an authorizer
"""
