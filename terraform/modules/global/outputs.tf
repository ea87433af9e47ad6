output "endpoint" {
  description = "The nearest region that serves, for clients in the VPCs."
  value       = "https://dynamodb.${var.zone_name}"
}

output "region_endpoints" {
  description = "Each region's own endpoint."
  value       = { for name in local.names : name => "https://${name}.${var.zone_name}" }
}

output "zone_id" {
  description = "The private hosted zone."
  value       = aws_route53_zone.private.zone_id
}

output "peering_connection_ids" {
  description = "Peering connections by pair of regions."
  value       = { for key, peering in aws_vpc_peering_connection.pair : key => peering.id }
}

output "health_check_ids" {
  description = "Health checks by region."
  value       = { for name, check in aws_route53_health_check.region : name => check.id }
}

output "dashboard_name" {
  description = "The dashboard in CloudWatch."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
