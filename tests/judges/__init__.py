"""Judges from outside for the site, Lighthouse and the W3C checker: `make judge`."""
