{{/* Name of all objects. */}}
{{- define "spark-history-server.fullname" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* Labels of all objects, as YAML. */}}
{{- define "spark-history-server.labels" -}}
{{- $own := dict
  "app.kubernetes.io/name" .Chart.Name
  "app.kubernetes.io/instance" .Release.Name
  "app.kubernetes.io/component" "history-server"
  "app.kubernetes.io/version" .Chart.AppVersion
  "app.kubernetes.io/managed-by" .Release.Service
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version) -}}
{{- toYaml (merge (dict) .Values.commonLabels $own) -}}
{{- end }}

{{/* Labels that select the pod: they must stay the same for the life of a release. */}}
{{- define "spark-history-server.selector" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: history-server
{{- end }}

{{/* Labels of the pod. The chart's version isn't among them: a new chart alone must not restart it. */}}
{{- define "spark-history-server.podLabels" -}}
{{- $own := dict "app.kubernetes.io/name" .Chart.Name -}}
{{- $selector := include "spark-history-server.selector" . | fromYaml -}}
{{- toYaml (merge (dict) $selector .Values.podLabels .Values.commonLabels $own) -}}
{{- end }}

{{- define "spark-history-server.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "spark-history-server.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end }}

{{/* A quantity in Gi or Mi as a number of mebibytes. */}}
{{- define "spark-history-server.mebibytes" -}}
{{- if hasSuffix "Gi" . -}}
{{- mul (trimSuffix "Gi" . | int) 1024 -}}
{{- else -}}
{{- trimSuffix "Mi" . | int -}}
{{- end -}}
{{- end }}

{{/* The Java heap in mebibytes. */}}
{{- define "spark-history-server.heap" -}}
{{- $memory := include "spark-history-server.mebibytes" .Values.memory | int -}}
{{- if lt $memory 1024 -}}
{{- fail (printf "memory is %s, but the history server needs 1Gi or more: raise memory" .Values.memory) -}}
{{- end -}}
{{- div (mul $memory (.Values.heapPercent | int)) 100 -}}
{{- end }}

{{/* spark-defaults.conf: what the chart derives, overridden by the user's own properties. */}}
{{- define "spark-history-server.conf" -}}
{{- $heap := include "spark-history-server.heap" . | int -}}
{{- $disk := include "spark-history-server.mebibytes" .Values.store.size | int -}}
{{- $own := dict
  "spark.history.provider" "org.apache.spark.deploy.history.FsHistoryProvider"
  "spark.history.fs.logDirectory" .Values.eventLogDir
  "spark.history.fs.update.interval" .Values.history.updateInterval
  "spark.history.fs.numReplayThreads" (.Values.history.replayThreads | toString)
  "spark.history.fs.cleaner.enabled" (.Values.history.cleaner.enabled | toString)
  "spark.history.fs.cleaner.interval" .Values.history.cleaner.interval
  "spark.history.fs.cleaner.maxAge" .Values.history.cleaner.maxAge
  "spark.history.ui.port" "18080"
  "spark.history.store.path" "/var/lib/spark-history"
  "spark.history.store.serializer" "PROTOBUF"
  "spark.history.store.maxDiskUsage" (printf "%dm" (div (mul $disk 4) 5))
  "spark.history.store.hybridStore.enabled" (.Values.store.hybrid | toString)
  "spark.history.store.hybridStore.diskBackend" "ROCKSDB"
  "spark.history.store.hybridStore.maxMemoryUsage" (printf "%dm" (div (mul $heap 2) 5)) -}}
{{- with .Values.tenants -}}
{{- $_ := set $own "spark.history.provider" "sparkoneks.history.TenantsHistoryProvider" -}}
{{- $_ := set $own "spark.history.tenants" (join "," .) -}}
{{- $_ := set $own "spark.ui.filters" "sparkoneks.history.PageGuard" -}}
{{- end -}}
{{- $all := merge (dict) .Values.conf $own -}}
{{- range $key := keys $all | sortAlpha }}
{{ $key }} {{ get $all $key | replace "\\" "\\\\" }}
{{- end }}
{{- end }}
