output "yaml" {
  description = "The node's region.yaml, for /etc/meridian/region.yaml in its container."
  value       = yamlencode(local.config)
}
