"""One file (or folder) per outside service; nothing else speaks to the world.

Each has the same order inside: constants, building a request, reading an answer, the class with
the methods of its port in the port's order, and last the one place where the service's errors
become ours. Constructors do no input or output; only `promptpress.wiring` calls them.
"""
