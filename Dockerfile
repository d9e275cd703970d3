# One image for everything that runs: workers, Prefect's server, migrations, and the jobs of Docker
# and Kubernetes pools. docs/containers.md tells how it is used.
#
#     docker build -t promptpress .
#
# The base is pinned by its tag, which brings Debian's security updates with each build; where you
# need the same bytes again, add the digest that your registry shows: python:3.13-slim-trixie@sha256:…
# Any base works that has Python 3.11 to 3.13 as `python3`, and apt-get:
#     docker build --build-arg BASE=registry.example/python:3.13 .
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
COPY requirements.txt constraints.txt /tmp/
# Wheels only: nothing is compiled, so no build tools are needed. Byte-code without times stays valid
# whatever a copy does to them; with it, Prefect starts twice as fast.
RUN python3 -m venv --without-pip /opt/venv \
 && python3 -m venv /tmp/installer \
 && /tmp/installer/bin/pip --python /opt/venv/bin/python install --no-cache-dir --no-compile \
    --only-binary :all: --disable-pip-version-check -r /tmp/requirements.txt
WORKDIR /app
COPY LICENSE prefect.toml prefect.yaml ./
COPY deployments deployments
COPY flows flows
COPY promptpress promptpress
COPY tasks tasks
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /opt/venv/lib /app

FROM ${BASE}
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Promptpress" \
      org.opencontainers.image.description="From a queue of prompts to published posts, each of them once" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# tini is process 1: it passes signals on from the first moment (a worker listens to SIGTERM only
# once it has started) and takes in what dead processes leave.
# Group 0 may write where the user may: OpenShift gives each project a user of its own in group 0.
RUN apt-get update \
 && apt-get install -y --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* \
 && useradd --uid 10001 --gid 0 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin promptpress \
 && install -d -o 10001 -g 0 -m 2770 /data /data/site /prefect
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
# Everything of ours on disk lies under /data, everything of Prefect's under /prefect; /tmp is for
# files that live as long as a run. Nothing else is ever written: the rest may be read-only.
ENV PATH=/opt/venv/bin:$PATH \
    HOME=/tmp \
    USER=promptpress \
    DATA_DIR=/data \
    PREFECT_HOME=/prefect \
    PREFECT_LOGGING_COLORS=false \
    PREFECT_SERVER_UI_STATIC_DIRECTORY=/prefect/ui \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DO_NOT_TRACK=1
WORKDIR /app
USER 10001:0
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "deployments.worker", "--with-healthcheck"]
