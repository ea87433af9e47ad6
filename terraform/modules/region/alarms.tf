locals {
  namespace = "Meridian"

  # By Prometheus' names, as the node serves them at /-/metrics. What is of a pair of regions has the label from.
  metrics = {
    lag     = "meridian_replication_behind_seconds"
    backlog = "meridian_publisher_backlog"
    skew    = "meridian_clock_ahead_seconds"
    stopped = "meridian_replication_alarms"
  }

  scrape = yamlencode({
    global = { scrape_interval = "15s", scrape_timeout = "10s" }
    scrape_configs = [{
      job_name       = "meridian"
      metrics_path   = "/-/metrics"
      static_configs = [{ targets = ["127.0.0.1:${local.http_port}"] }]
    }]
  })

  agent = jsonencode({
    agent = { metrics_collection_interval = 60 }
    metrics = {
      namespace         = local.namespace
      append_dimensions = { InstanceId = "$${aws:InstanceId}" }
      metrics_collected = {
        disk = {
          measurement = ["used_percent"]
          resources   = ["/var/lib/meridian"]
          drop_device = true
        }
      }
      aggregation_dimensions = [["InstanceId", "path"]]
    }
    logs = {
      metrics_collected = {
        prometheus = {
          log_group_name         = aws_cloudwatch_log_group.metrics.name
          prometheus_config_path = "/etc/meridian-agent/prometheus.yaml"
          emf_processor = {
            metric_namespace = local.namespace
            metric_declaration = [
              {
                source_labels    = ["job"]
                label_matcher    = "^meridian$"
                dimensions       = [["region", "from"]]
                metric_selectors = ["^(${local.metrics.lag}|${local.metrics.skew}|${local.metrics.stopped})$"]
              },
              {
                source_labels    = ["job"]
                label_matcher    = "^meridian$"
                dimensions       = [["region", "lane"]]
                metric_selectors = ["^${local.metrics.backlog}$"]
              }
            ]
          }
        }
      }
    }
  })
}

resource "aws_cloudwatch_log_group" "metrics" {
  region            = var.region
  name              = "/${var.name}/${var.region}/metrics"
  retention_in_days = 1
  tags              = local.tags
}

resource "aws_cloudwatch_metric_alarm" "lag" {
  for_each            = var.peers
  region              = var.region
  alarm_name          = "${local.full_name}-behind-${each.key}"
  alarm_description   = "${var.region} has not applied what ${each.key} committed more than ${var.lag_alarm_seconds} s ago. See the runbook: a region lags."
  namespace           = local.namespace
  metric_name         = local.metrics.lag
  dimensions          = { region = var.region, from = each.key }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.lag_alarm_seconds
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "skew" {
  for_each            = var.peers
  region              = var.region
  alarm_name          = "${local.full_name}-clock-of-${each.key}"
  alarm_description   = "The clock of ${each.key} is ahead of that of ${var.region}; beyond 1 s its changes wait. See the runbook: a clock is ahead."
  namespace           = local.namespace
  metric_name         = local.metrics.skew
  dimensions          = { region = var.region, from = each.key }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.skew_alarm_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "stopped" {
  for_each            = var.peers
  region              = var.region
  alarm_name          = "${local.full_name}-stopped-from-${each.key}"
  alarm_description   = "A partition from ${each.key} stands still in ${var.region}: a record cannot be read or applied. See the runbook: a partition stands still."
  namespace           = local.namespace
  metric_name         = local.metrics.stopped
  dimensions          = { region = var.region, from = each.key }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "backlog" {
  for_each            = toset(["replication", "stream", "conflicts"])
  region              = var.region
  alarm_name          = "${local.full_name}-backlog-${each.value}"
  alarm_description   = "Changes of ${var.region} wait to be published (${each.value}). See the runbook: Kafka is away."
  namespace           = local.namespace
  metric_name         = local.metrics.backlog
  dimensions          = { region = var.region, lane = each.value }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.backlog_alarm_changes
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = local.tags
}

resource "aws_cloudwatch_metric_alarm" "disk" {
  region              = var.region
  alarm_name          = "${local.full_name}-disk"
  alarm_description   = "The data volume of ${var.region} fills up. See the runbook: the disk is full."
  namespace           = local.namespace
  metric_name         = "disk_used_percent"
  dimensions          = { InstanceId = aws_instance.node.id, path = "/var/lib/meridian" }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.disk_alarm_percent
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = local.tags
}

# The failover alarm: Route 53 takes the region out while it is in alarm.
resource "aws_cloudwatch_metric_alarm" "endpoint" {
  region              = var.region
  alarm_name          = "${local.full_name}-endpoint"
  alarm_description   = "The node of ${var.region} does not serve. See the runbook: a region is down."
  namespace           = "AWS/NetworkELB"
  metric_name         = "HealthyHostCount"
  dimensions          = { LoadBalancer = aws_lb.this.arn_suffix, TargetGroup = aws_lb_target_group.node.arn_suffix }
  statistic           = "Minimum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = local.tags
}

# The machine under the instance failed: EC2 moves it to another, with its address and its volumes.
resource "aws_cloudwatch_metric_alarm" "machine" {
  region              = var.region
  alarm_name          = "${local.full_name}-machine"
  alarm_description   = "The machine under the node of ${var.region} failed and is replaced."
  namespace           = "AWS/EC2"
  metric_name         = "StatusCheckFailed_System"
  dimensions          = { InstanceId = aws_instance.node.id }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  alarm_actions       = concat(["arn:${data.aws_partition.current.partition}:automate:${var.region}:ec2:recover"], var.alarm_topic_arns)
  tags                = local.tags
}
