"""A stand-in for Google's token endpoint and for Drive: accounts, files, folders, quotas."""

from tests.fakes.google.accounts import ADDRESS
from tests.fakes.google.files import FOLDER, SHEET, File
from tests.fakes.google.service import Google

__all__ = ["ADDRESS", "FOLDER", "SHEET", "File", "Google"]
