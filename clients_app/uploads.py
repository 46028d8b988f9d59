"""Uploads: files come into memory, and only as large as anything here has a use for."""

from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler

LARGEST: Final = 4 * 2**20  # bytes of a request with files


class SmallUploads(MemoryFileUploadHandler):
    """Refuses a request that is too large before it is read; without this Django writes any file to the disk."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        if content_length > LARGEST:
            raise RequestDataTooBig("The files of a request are too large.")
        self.activated = True
