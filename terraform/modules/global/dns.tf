resource "aws_route53_zone" "private" {
  name    = var.zone_name
  comment = "Endpoints of ${var.name}"
  tags    = local.tags

  dynamic "vpc" {
    for_each = var.regions

    content {
      vpc_id     = vpc.value.vpc_id
      vpc_region = vpc.key
    }
  }
}

# The endpoints are private, where Route 53's own checkers do not come: the regions' alarms tell.
resource "aws_route53_health_check" "region" {
  for_each                        = var.regions
  type                            = "CLOUDWATCH_METRIC"
  cloudwatch_alarm_name           = each.value.endpoint_alarm_name
  cloudwatch_alarm_region         = each.key
  insufficient_data_health_status = "Unhealthy"
  tags                            = merge(local.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_route53_record" "region" {
  for_each = var.regions
  zone_id  = aws_route53_zone.private.zone_id
  name     = "${each.key}.${var.zone_name}"
  type     = "A"

  alias {
    name                   = each.value.load_balancer_dns_name
    zone_id                = each.value.load_balancer_zone_id
    evaluate_target_health = false
  }
}

# The nearest region that serves. A client keeps the region that it signs for; the node answers as itself.
resource "aws_route53_record" "nearest" {
  for_each        = var.regions
  zone_id         = aws_route53_zone.private.zone_id
  name            = "dynamodb.${var.zone_name}"
  type            = "A"
  set_identifier  = each.key
  health_check_id = aws_route53_health_check.region[each.key].id

  latency_routing_policy {
    region = each.key
  }

  alias {
    name                   = each.value.load_balancer_dns_name
    zone_id                = each.value.load_balancer_zone_id
    evaluate_target_health = true
  }
}
