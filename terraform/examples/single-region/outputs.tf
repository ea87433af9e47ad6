output "endpoint" {
  description = "The region's endpoint."
  value       = module.global.endpoint
}

output "kafka_bootstrap" {
  description = "The broker inside the node, for consumers in the VPC."
  value       = module.region.kafka_bootstrap
}
