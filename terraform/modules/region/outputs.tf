output "region" {
  description = "The region's name."
  value       = var.region
}

output "vpc_id" {
  description = "The VPC, for peering."
  value       = aws_vpc.this.id
}

output "vpc_cidr" {
  description = "The VPC's addresses."
  value       = aws_vpc.this.cidr_block
}

output "route_table_ids" {
  description = "Route tables that need ways to the other regions."
  value       = { private = aws_route_table.private.id }
}

output "kafka_bootstrap" {
  description = "The Kafka that the region publishes to, for the other regions' peers."
  value       = var.managed_kafka ? aws_msk_cluster.this[0].bootstrap_brokers_sasl_scram : "${aws_network_interface.node.private_ip}:${local.broker_port}"
}

output "kafka_port" {
  description = "The port of that Kafka."
  value       = local.kafka_port
}

output "kafka_secret_arn" {
  description = "The secret with its user and password; null for the broker inside the node, which has none."
  value       = var.managed_kafka ? aws_secretsmanager_secret.kafka[0].arn : null
}

output "topics" {
  description = "Names of the region's topics; {table} stands for a table's name. Names with dots, and very long ones, have topics with a hash at the end: see streams/CONTRACT.md."
  value = {
    control     = "${local.topic_prefix}.control"
    heartbeat   = "${local.topic_prefix}.heartbeat"
    conflicts   = "${local.topic_prefix}.conflicts"
    stream      = "${local.topic_prefix}.{table}.stream"
    replication = "${local.topic_prefix}.{table}.replication"
  }
}

output "load_balancer_dns_name" {
  description = "The load balancer's own name, for records that point to it."
  value       = aws_lb.this.dns_name
}

output "load_balancer_zone_id" {
  description = "The hosted zone of that name."
  value       = aws_lb.this.zone_id
}

output "endpoint_alarm_name" {
  description = "The alarm that says whether the region serves, for health checks."
  value       = aws_cloudwatch_metric_alarm.endpoint.alarm_name
}

output "metric_names" {
  description = "What the alarms watch, for dashboards: lag, backlog, skew and stopped, in the namespace Meridian."
  value       = local.metrics
}

output "instance_id" {
  description = "The node's instance, for Session Manager."
  value       = aws_instance.node.id
}

output "data_volume_id" {
  description = "The data volume, which outlives the instance."
  value       = aws_ebs_volume.data.id
}

output "node_config" {
  description = "The node's region.yaml, without any password."
  value       = module.config.yaml
}
