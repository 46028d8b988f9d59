"""What the samples of the documentation are about: the same rows in all of them."""

from typing import Final

TASK: Final = "5f0c1a52-9a34-4c8e-9d5e-0d3f6b1c7a01"
ACCOUNT_TASK: Final = "019be5a1-3c0e-7a52-8d1f-2b7c55d0a3e4"
RUN: Final = "019be5f8-2a40-7c11-9f3e-64d1c0a7b512"
CLIENT: Final = "019be59f-61d2-7b08-b6a4-9c3d70e1f25a"
USER: Final = "019be59e-0b7f-7d93-a2c5-18e4f6037bd9"
EMAIL: Final = "ann@acme.example"
SECRET: Final = "correct-horse-battery-staple"  # noqa: S105 (a sample)
