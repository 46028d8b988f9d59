"""The application of a peer that is written with Django. PEER in the environment: its module, which has the URLs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.peers.settings"
application = get_wsgi_application()
