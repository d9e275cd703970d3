"""The command line over a real queue in a file, one module per kind of command."""
