"""Prints a fresh `.env` for a machine of one's own. `make .env` runs it once."""

import base64
import secrets


def main() -> None:
    print("# Written once by `make .env`; the README's table says what each one is.")
    print(f"SECRET_KEY={secrets.token_urlsafe(50)}")
    print(f"ENCRYPTION_KEYS={base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}")
    print("# On this machine only: otherwise cookies and redirects insist on TLS.")
    print("HTTPS=false")
    print(f"DEMO_PASSWORD={secrets.token_urlsafe(15)}")


if __name__ == "__main__":
    main()
