"""Mistakes that people make in a stack file, each with what its message has to say."""

from __future__ import annotations

from typing import Final

from tests.unit.conf_mistakes import CONF_CASES

CASES: Final = {
    "an unknown key names its neighbour": ("sparc: {}", "sparc", "did you mean spark?"),
    "an unknown inner key names its neighbour": (
        "operator: {worker: 2}",
        "operator.worker",
        "did you mean workers?",
    ),
    "a key far from all lists them": (
        "history: {zzz: 2}",
        "history.zzz",
        "write one of disk, logRetentionDays,",
    ),
    "a wrong choice lists the choices": (
        "foundation: {kind: azure}",
        'foundation.kind = "azure"',
        "is not one of the choices; write one of aws, kubernetes",
    ),
    "a wrong priority names its neighbour": (
        "tenants: [{team: data, priority: hihg}]",
        'tenants[0].priority = "hihg"',
        "did you mean high?",
    ),
    "a number out of bounds names them": (
        "operator: {workers: 0}",
        "operator.workers = 0",
        "is out of bounds; write 1 to 100",
    ),
    "text for a number": (
        "operator: {workers: '2'}",
        'operator.workers = "2"',
        "must be a whole number without quotes",
    ),
    "binary for text": (
        "tenants: [{team: !!binary ZGF0YQ==}]",
        "tenants[0].team\n",
        "is binary; write text, in quotes",
    ),
    "a fraction for a number": (
        "operator: {workers: 2.5}",
        "operator.workers = 2.5",
        "must be a whole number",
    ),
    "true for a number": ("operator: {workers: true}", "operator.workers = true", "must be a whole number"),
    "a number for text": ("spark: {version: 3.5}", "spark.version = 3.5", "must be text"),
    "text for true": (
        "foundation: {kind: kubernetes, enforcesNetworkPolicy: 'yes'}",
        'foundation.enforcesNetworkPolicy = "yes"',
        "must be true or false, without quotes",
    ),
    "a list for a section": ("spark: [1]", "spark = a list of 1", "must be a mapping"),
    "nothing for a required key": ("environment:", "environment", "is missing; add it"),
    "a mapping for a list": ("tenants: {a: 1}", "tenants = a mapping of 1 keys", "must be a list"),
    "no tenants": ("tenants: []", "tenants = a list of 0", "must list 1 to 500"),
    "more executors than a driver may show": (
        "spark: {maxExecutors: 2000}",
        "observability.samplesPerDriver = 50000",
        "is too small for a job of 2000 executors, whose driver shows 82041 series",
    ),
    "a quota with room for more drivers than are scraped": (
        "tenants: [{team: data}, {team: science, quota: {pods: 201}}]",
        "observability.driversPerTenant = 200",
        "is less than the 201 drivers that science's quota has room for",
    ),
    "an address that is none": (
        "observability: {address: grafana.example.com}",
        'observability.address = "grafana.example.com"',
        "write one such as https://grafana.example.com",
    ),
    "an address that no path can be put behind": (
        "observability: {logs: {address: 'https://logs.example.com/?team=a'}}",
        'observability.logs.address = "https://logs.example.com/?team=a"',
        "without ? and #",
    ),
    "two places for metrics": (
        "observability: {remoteWrite: {url: 'https://a.example/push', workspace: "
        "ws-01234567-89ab-cdef-0123-456789abcdef}}",
        'observability.remoteWrite.url = "https://a.example/push"',
        "remove one of the two",
    ),
    "no place for metrics": (
        "observability: {remoteWrite: {secret: mimir}}",
        "observability.remoteWrite.url",
        "is missing; write it",
    ),
    "a store's password in its URL": (
        "observability: {remoteWrite: {url: 'https://me:it@a.example/push'}}",  # pragma: allowlist secret
        "observability.remoteWrite.url",
        "has credentials in it",
    ),
    "a pattern that the collector can't read": (
        "observability: {logs: {masked: ['(?<=key=)[^ ]+']}}",
        'observability.logs.masked[0] = "(?<=key=)[^ ]+"',
        "looks around or back",
    ),
    "a pattern that is everywhere": (
        "observability: {logs: {masked: ['[0-9]*']}}",
        'observability.logs.masked[0] = "[0-9]*"',
        "would stand between all letters",
    ),
    "a quantity that is none": (
        "tenants: [{team: data, quota: {cpu: two}}]",
        'tenants[0].quota.cpu = "two"',
        "write whole cores (2)",
    ),
    "a size with a wrong unit": (
        "tenants: [{team: data, quota: {memory: 99GB}}]",
        'tenants[0].quota.memory = "99GB"',
        "such as 512Mi or 8Gi",
    ),
    "a heap in Kubernetes' units": (
        "spark: {driver: {memory: 2Gi}}",
        'spark.driver.memory = "2Gi"',
        "write whole mebibytes (512m) or gibibytes (4g)",
    ),
    "a size that the history server's chart refuses": (
        "history: {disk: 10G}",
        'history.disk = "10G"',
        "in whole Mi or Gi",
    ),
    "a history server too small to start": (
        "history: {memory: 512Mi}",
        'history.memory = "512Mi"',
        "1Gi or more",
    ),
    "a name with capitals": ("environment: Dev", 'environment = "Dev"', "lower-case letters"),
    "two people of one name": (
        "foundation: {kind: kubernetes, login: {users: [{name: ann}, {name: ann}]}}",
        'foundation.login.users[1].name = "ann"',
        "is another user's name too",
    ),
    "an address of the pages with a path": (
        "foundation: {kind: kubernetes, login: {address: 'https://spark.example/pages'}}",
        "foundation.login.address",
        "write https://spark.example",
    ),
    "an address of the pages with a fragment": (
        "foundation: {kind: kubernetes, login: {address: 'https://spark.example#runs'}}",
        "foundation.login.address",
        "write https://spark.example",
    ),
    "an address of the pages with a question": (
        "foundation: {kind: kubernetes, login: {address: 'https://spark.example?team=data'}}",
        "foundation.login.address",
        "write https://spark.example",
    ),
    "an address of the pages with a user": (
        "foundation: {kind: kubernetes, login: {address: 'https://ann@spark.example'}}",
        "foundation.login.address",
        "write https://spark.example",
    ),
    "an address of the pages that is no URL": (
        "foundation: {kind: kubernetes, login: {address: spark.example}}",
        "foundation.login.address",
        "write one such as https://spark.example.com",
    ),
    "a port that no node opens": (
        "foundation: {kind: kubernetes, login: {nodePort: 8080}}",
        "foundation.login.nodePort = 8080",
        "write 30000 to 32767",
    ),
    "one port of the nodes for two services": (
        "{foundation: {kind: kubernetes, login: {nodePort: 30180}}, jobs: {nodePort: 30180}}",
        "foundation.login.nodePort = 30180",
        "is also jobs.nodePort, and a port of the nodes leads to one service; write another",
    ),
    "a registry with a scheme": (
        "foundation: {kind: kubernetes, registry: 'https://r.example'}",
        "foundation.registry",
        "without https://",
    ),
    "an image without a tag": ("spark: {image: localhost/spark}", "spark.image", "has no fixed tag"),
    "an image that moves": ("spark: {image: 'localhost/spark:latest'}", "spark.image", "not latest"),
    "an image whose port is no tag": (
        "spark: {image: 'localhost:5000/spark'}",
        "spark.image",
        "has no fixed tag",
    ),
    "a group of everybody": (
        "tenants: [{team: data, groups: ['system:authenticated']}]",
        "tenants[0].groups[0]",
        "Kubernetes' own groups",
    ),
    "a device without its domain": (
        "tenants: [{team: data, quota: {devices: {gpu: 1}}}]",
        "tenants[0].quota.devices.gpu",
        "such as nvidia.com/gpu",
    ),
    "one of Kubernetes' own resources": (
        "tenants: [{team: data, quota: {devices: {storage.kubernetes.io/x: 1}}}]",
        "tenants[0].quota.devices",
        "is not an extended resource",
    ),
    "no device": (
        "tenants: [{team: data, quota: {devices: {nvidia.com/gpu: 0}}}]",
        "tenants[0].quota.devices",
        "1",
    ),
    "a bucket that AWS refuses": (
        "objectStorage: {buckets: {data: My_Bucket}}",
        'objectStorage.buckets.data = "My_Bucket"',
        "3 to 63",
    ),
    "one bucket for two things": (
        "objectStorage: {buckets: {data: one, events: one}}",
        'objectStorage.buckets.events = "one"',
        "is also the data bucket",
    ),
    **CONF_CASES,
    "a version without an image": (
        "spark: {version: 3.5.7}",
        'spark.version = "3.5.7"',
        "3.5.8, 4.1.2; write one of them, or name an image",
    ),
    "more reserved than used": (
        "spark: {driver: {cpuRequest: 2}}",
        'spark.driver.cpuRequest = "2"',
        "reserves more than its 1 cores",
    ),
    "a Spark older than all that is known": (
        "spark: {version: 3.4.9, image: 'localhost/spark:3.4.9'}",
        'spark.version = "3.4.9"',
        "is too old: 3.5.0 is the oldest",
    ),
    "an operator image by its digest": (
        f"operator: {{image: 'localhost/operator@sha256:{'0' * 64}'}}",
        "operator.image",
        "name a tag instead",
    ),
    "a folder with a version": (
        "operator: {chart: ./chart, chartVersion: 2.5.2}",
        "operator.chartVersion",
        "remove it",
    ),
    "an address with a repository": (
        "operator: {chart: 'oci://r.example/chart', repository: 'https://r.example'}",
        "operator.repository",
        "remove one",
    ),
    "a quota below one job's CPU": (
        "tenants: [{team: data, quota: {cpu: 4}}]",
        'tenants[0].quota.cpu = "4"',
        "one driver and one executor, which reserve 5000m",
    ),
    "a quota below one job's memory": (
        "tenants: [{team: data, quota: {memory: 8Gi}}]",
        'tenants[0].quota.memory = "8Gi"',
        "which take 12390Mi with overhead",
    ),
    "claims without storage": (
        "tenants: [{team: data, quota: {pvcs: 2}}]",
        'tenants[0].quota.storage = "0"',
        "quota.pvcs",
    ),
    "storage without claims": (
        "tenants: [{team: data, quota: {storage: 1Gi}}]",
        "tenants[0].quota.pvcs = 0",
        "quota.storage",
    ),
    "a container limit below an executor": (
        "tenants: [{team: data, limits: {maxMemory: 4Gi}}]",
        'tenants[0].limits.maxMemory = "4Gi"',
        "of a driver or executor with overhead",
    ),
    "a container limit below an executor's cores": (
        "tenants: [{team: data, limits: {maxCpu: 2}}]",
        'tenants[0].limits.maxCpu = "2"',
        "less than the 4 cores",
    ),
    "a default above its maximum": (
        "tenants: [{team: data, limits: {defaultCpu: 17}}]",
        'tenants[0].limits.defaultCpu = "17"',
        "is more than limits.maxCpu, 16",
    ),
    "a namespace that is too long": (
        f"tenants: [{{team: {'t' * 60}}}]",
        "tenants[0].team",
        "of 64 characters; at most 63",
    ),
    "a tenant in the cluster's own namespace": (
        "tenants: [{team: kube, environment: system}]",
        "tenants[0].team",
        "kube-system, which the cluster or the platform uses",
    ),
    "a tenant in the platform's namespace": (
        "tenants: [{team: spark, environment: history}]",
        "tenants[0].team",
        "spark-history",
    ),
    "a tenant twice": ("tenants: [{team: data}, {team: data}]", "tenants[1].team", "as another tenant does"),
    "two tenants whose names join to one": (
        "tenants: [{team: a-b, environment: c}, {team: a, environment: b-c}]",
        "tenants[1].team",
        "gives the namespace a-b-c",
    ),
    "a name where a policy needs addresses": (
        "tenants: [{team: data, egress: [{cidrs: [orders.example.com], ports: [5432]}]}]",
        'tenants[0].egress[0].cidrs[0] = "orders.example.com"',
        "is a name; a NetworkPolicy knows addresses alone",
    ),
    "a single address without its length": (
        "tenants: [{team: data, egress: [{cidrs: [10.20.0.7], ports: [5432]}]}]",
        "tenants[0].egress[0].cidrs[0]",
        "write 10.20.0.7/32, or the block around it",
    ),
    "a block that begins in its middle": (
        "tenants: [{team: data, egress: [{cidrs: [10.20.0.7/16], ports: [5432]}]}]",
        "tenants[0].egress[0].cidrs[0]",
        "10.20.0.7/16 has host bits set",
    ),
    "everything at once": (
        "tenants: [{team: data, egress: [{cidrs: [0.0.0.0/0], ports: [443]}]}]",
        "tenants[0].egress[0].cidrs[0]",
        "is every address there is",
    ),
    "the address where a cloud gives the node's rights": (
        "tenants: [{team: data, egress: [{cidrs: [169.254.169.254/32], ports: [80]}]}]",
        "tenants[0].egress[0].cidrs[0]",
        "where clouds give the node's rights",
    ),
    "no port at all": (
        "tenants: [{team: data, egress: [{cidrs: [10.20.0.0/16], ports: []}]}]",
        "tenants[0].egress[0].ports",
        "1",
    ),
    "rights on AWS where there is no AWS": (
        "tenants: [{team: data, access: {buckets: [{name: acme-orders}]}}]",
        "tenants[0].access",
        "is of AWS, and only pods on the foundation aws have an identity there",
    ),
    "a folder with a wildcard": (
        "tenants: [{team: data, access: {buckets: [{name: acme-orders, prefixes: ['orders/*']}]}}]",
        "tenants[0].access.buckets[0].prefixes[0]",
        "without a slash at either end, and without *",
    ),
    "a folder that climbs": (
        "tenants: [{team: data, access: {buckets: [{name: acme-orders, prefixes: ['a/../b']}]}}]",
        "tenants[0].access.buckets[0].prefixes[0]",
        "is not a folder of a bucket",
    ),
    "an alias of a key": (
        "tenants: [{team: data, access: {kmsKeys: ['arn:aws:kms:eu-central-1:111122223333:alias/orders']}}]",
        "tenants[0].access.kmsKeys[0]",
        "is not the ARN of a key",
    ),
    "every database": (
        "tenants: [{team: data, access: {glue: [{name: '*'}]}}]",
        "tenants[0].access.glue[0].name",
        "is not a database of Glue's",
    ),
    "a tenant whose name begins with another's": (
        "tenants: [{team: data, environment: dev-2}, {team: data}]",
        "tenants[0].team",
        "gives the namespace data-dev-2, which begins with data-dev: whoever may list that folder",
    ),
    "a tenant whose name begins with the public folder's": (
        "tenants: [{team: public}]",
        "tenants[0].team",
        "gives the namespace public-dev, which begins with public",
    ),
    "a tenant whose name begins with the folder of the records": (
        "{jobs: {enabled: true}, tenants: [{team: jobs}]}",
        "tenants[0].team",
        "gives the namespace jobs-dev, which begins with jobs",
    ),
    "a tenant whose name begins with the canary's": (
        "tenants: [{team: spark, environment: canary-2}]",
        "tenants[0].team",
        "gives the namespace spark-canary-2, which begins with spark-canary",
    ),
}
"""What is wrong -> lines of a stack file, the key and value that the message names, bound and remedy."""
