{{- define "media-server.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "media-server.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "media-server.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: server
{{- end -}}

{{- define "media-server.sttSelector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: stt-worker
{{- end -}}

{{- define "media-server.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* Nothing of a container may be written but its volumes; no privileges, none to be had. */}}
{{- define "media-server.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "media-server.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* What cannot work is refused here, with what to change. */}}
{{- define "media-server.check" -}}
{{- if not .Values.existingSecret -}}
{{- fail "existingSecret: name a Secret with MEDIA_SERVER_API_KEY, such as: kubectl create secret generic media-server --from-literal=MEDIA_SERVER_API_KEY=$(openssl rand -hex 32)" -}}
{{- end -}}
{{- if not (has .Values.udp.mode (list "hostPort" "hostNetwork" "nodePort" "none")) -}}
{{- fail "udp.mode must be hostPort, hostNetwork, nodePort or none" -}}
{{- end -}}
{{- if lt (int .Values.workers) 1 -}}
{{- fail "workers: 1 or more: each has a UDP port that is named here" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.redis.enabled) -}}
{{- fail "replicas: more than one server needs a shared store: redis.enabled, with MEDIA_SERVER_STORE_URL and MEDIA_SERVER_SECRETS in existingSecret" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.objectStorage.url) -}}
{{- fail "replicas: with more than one server recordings must be where all reach them: objectStorage.url" -}}
{{- end -}}
{{- if and (gt (int .Values.replicas) 1) (eq .Values.udp.mode "nodePort") -}}
{{- fail "udp.mode nodePort sends a call's packets to any pod: it is for one replica. Take hostPort or hostNetwork" -}}
{{- end -}}
{{- if and (eq .Values.udp.mode "nodePort") (not .Values.udp.publicIPs) -}}
{{- fail "udp.publicIPs: with nodePort name the address that candidates reach" -}}
{{- end -}}
{{- if and (not .Values.redis.enabled) (or (gt (int .Values.stt.replicas) 0) (eq (int .Values.recogniser.workers) 0)) -}}
{{- fail "stt: recognisers in other pods share a queue in Redis: redis.enabled" -}}
{{- end -}}
{{- if and (eq (int .Values.recogniser.workers) 0) (eq (int .Values.stt.replicas) 0) (not .Values.stt.elsewhere) -}}
{{- fail "recogniser.workers is 0 and stt.replicas is 0: nobody would transcribe. Set stt.elsewhere: true where stt-worker runs outside this release" -}}
{{- end -}}
{{- end -}}
