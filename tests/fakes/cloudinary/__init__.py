"""A stand-in for Cloudinary: its Upload API, what we need of its Admin API, and its delivery."""

from tests.fakes.cloudinary.service import Cloudinary, Stored, refusal

__all__ = ["Cloudinary", "Stored", "refusal"]
