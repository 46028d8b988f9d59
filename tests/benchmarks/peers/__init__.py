"""
What the product is measured against, each started as a process of its own. Some are small complete applications that
register account tasks as it does, on the plain tables of `schema.sql`: each finds the caller by the token, checks the
members of the body, inserts one row and answers in the same envelope, JSON and XML alike; its docstring says what the
product does besides. The others are schedulers and workers, set up as their makers describe it.
"""
