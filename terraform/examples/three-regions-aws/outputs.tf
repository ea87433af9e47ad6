output "endpoint" {
  description = "The nearest region that serves."
  value       = module.global.endpoint
}

output "region_endpoints" {
  description = "Each region's own endpoint."
  value       = module.global.region_endpoints
}

output "instance_ids" {
  description = "The nodes' instances, for Session Manager."
  value       = { for region, made in local.regions : region => made.instance_id }
}
