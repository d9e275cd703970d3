"""Faults: kills, lost answers, a database that goes away; and what must hold all the same."""
