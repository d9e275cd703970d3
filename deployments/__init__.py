"""What Prefect needs that is not a flow, and what shows the site.

- serve: Prefect's server and all schedules on one machine, without a worker
- worker: starts runs of a work pool as processes, and ends them in order
- provision: makes on Prefect's server what the deployments need
- preflight: says whether everything is as a worker needs it
- health: what a container's check asks: worker, server, queue
- prefect_server: the server that PREFECT_API_URL names
- preview: the site's folder, to a browser on this machine

compose.yaml reads postgres.sql and site.conf, Kubernetes kubernetes.yaml and kubernetes-job.json.
"""
