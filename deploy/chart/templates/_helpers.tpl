{{- define "selector" -}}
app.kubernetes.io/name: cross-build-builder
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labels" -}}
{{ include "selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "image" -}}
{{- if not .Values.image.digest }}
{{- fail "image.digest is empty: set it to the digest of the builder image, such as sha256:9f86d0…" }}
{{- end }}
{{- .Values.image.repository }}@{{ .Values.image.digest }}
{{- end }}

{{/* What Nix and sshd read, in the ConfigMap and in a pod's checksum. */}}
{{- define "config" -}}
{{- $cpu := toString .Values.resources.limits.cpu }}
{{- $millis := hasSuffix "m" $cpu | ternary (trimSuffix "m" $cpu | int) (mul 1000 (int $cpu)) }}
{{- $cores := mul .Values.maxJobs .Values.cores }}
{{- if gt (mul 1000 $cores) $millis }}
{{- $said := "maxJobs × cores is %d, but resources.limits.cpu is %s: lower them or raise the limit" }}
{{- fail (printf $said $cores $cpu) }}
{{- end -}}
nix.conf: |
  max-jobs = {{ .Values.maxJobs }}
  cores = {{ .Values.cores }}
  sandbox = {{ ne .Values.isolation "restricted" }}
  build-users-group ={{ if ne .Values.isolation "restricted" }} nixbld{{ end }}
  min-free = {{ .Values.store.minFree }}
  max-free = {{ .Values.store.maxFree }}
  {{- with trim .Values.nixConf }}
  {{- nindent 2 . }}
  {{- end }}
sshd_config: |
  # A run has one connection with a session for each build and some to copy; Nix's build hook has a connection
  # for each build.
  MaxSessions {{ add .Values.maxJobs 8 }}
  MaxStartups {{ add .Values.maxJobs 50 }}:30:{{ add .Values.maxJobs 150 }}
{{- end }}

{{- define "securityContext" -}}
readOnlyRootFilesystem: true
{{- if eq .Values.isolation "restricted" }}
allowPrivilegeEscalation: false
capabilities: { drop: [ALL] }
{{- else if eq .Values.isolation "user-namespace" }}
# What Nix needs for its sandbox inside of the pod's user namespace: no capability on the node.
procMount: Unmasked
seccompProfile: { type: Unconfined }
appArmorProfile: { type: Unconfined }
{{- else }}
privileged: true
{{- end }}
{{- end }}
