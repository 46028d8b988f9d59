"""
What the product is measured against: small complete applications that register account tasks as it does, on the plain
tables of `schema.sql`. Each finds the caller by the token, checks the members of the body, inserts one row and answers
in the same envelope, JSON and XML alike. Its docstring says what the product does besides.
"""
