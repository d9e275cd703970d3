"""Stand-in services: real HTTP on loopback, with a memory, one journal and faults to order."""
