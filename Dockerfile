# The image of every process of an installation: web, follower, worker, scheduler. Runs as nobody's user 10001.
# No container engine was at hand where this was written: it was NOT built there.
FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements.lock .
RUN /venv/bin/pip install --require-hashes --no-deps -r requirements.lock
COPY pyproject.toml README.md LICENSE manage.py ./
COPY governance governance
COPY audit audit
COPY policies policies
COPY templates templates
# Editable: the package finds its templates and static files beside itself.
RUN /venv/bin/pip install --no-deps --editable .
RUN CUSTODES_DATA=/srv/build /venv/bin/custodes collectstatic --noinput -v 0 --skip-checks \
    && mkdir -p /srv/custodes && mv /srv/build/static /srv/static && rm -rf /srv/build

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv/custodes --shell /usr/sbin/nologin custodes \
    && mkdir -p /srv/custodes && chown custodes: /srv/custodes
COPY --from=build /venv /venv
COPY --from=build /app /app
COPY --from=build /srv/static /srv/static
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    CUSTODES_PRODUCTION=1 CUSTODES_DATA=/srv/custodes CUSTODES_STATIC=/srv/static CUSTODES_LOG=json
WORKDIR /app
USER 10001
VOLUME /srv/custodes
STOPSIGNAL SIGTERM
EXPOSE 8000
ENTRYPOINT ["custodes"]
CMD ["up", "--only", "web", "--host", "0.0.0.0"]
