"""The front of several workers: the HTTP port, and for each request the worker it is for.

A small process of its own. It imports no media and no engines: what it does is to read the head of
a request, choose, and pass bytes on in both directions. What may be done by whom is decided by the
worker, which gets everything that it needs to know of the client's connection.
"""
