# syntax=docker/dockerfile:1
# One image for the server and its workers. `--build-arg WITH_ESPEAK=1` adds the espeak-ng voice,
# for other languages than English, which is GPL-3.0 (docs/licences.md). `--build-arg WITH_OTEL=1` adds
# what spans need (docs/operations.md).

FROM python:3.13-slim-trixie AS build
ARG WITH_ESPEAK=0
ARG WITH_OTEL=0
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /app
COPY requirements/run.lock requirements/espeak.lock requirements/otel.lock requirements/
RUN python -m venv /opt/venv \
  && /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements/run.lock \
  && if [ "$WITH_ESPEAK" = 1 ]; then \
       /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements/espeak.lock; \
     fi \
  && if [ "$WITH_OTEL" = 1 ]; then \
       /opt/venv/bin/pip install --require-hashes --only-binary :all: -r requirements/otel.lock; \
     fi
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY media_server media_server
COPY signaling signaling
COPY client client
# Editable: the page in client/ is served from beside the packages. --no-index: nothing that is
# not in the lock can come in. The files are compiled here because the running user cannot write.
RUN /opt/venv/bin/pip install --no-deps --no-build-isolation --no-index --editable . \
  && /opt/venv/bin/python -m compileall -q media_server signaling

FROM python:3.13-slim-trixie
# The security fixes of the release are wanted, not one frozen version.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends flite libopus0 \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --system --gid 10001 media \
  && useradd --system --uid 10001 --gid media --home-dir /data --no-create-home media \
  && install -d -o media -g media -m 0700 /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data
VOLUME /data
EXPOSE 8080/tcp 7882/udp
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=2)"]
# As process 1 its supervisor reaps orphans, passes signals on and restarts a server that hangs.
CMD ["media-server", "serve"]
