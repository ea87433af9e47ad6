locals {
  # A row of four for each region.
  graphs = {
    lag     = { title = "behind the others, s", label = "from", values = { for name in local.names : name => [for other in local.names : other if other != name] } }
    skew    = { title = "the others' clocks ahead, s", label = "from", values = { for name in local.names : name => [for other in local.names : other if other != name] } }
    stopped = { title = "partitions that stand still", label = "from", values = { for name in local.names : name => [for other in local.names : other if other != name] } }
    backlog = { title = "changes to be published", label = "lane", values = { for name in local.names : name => ["replication", "stream", "conflicts"] } }
  }

  widgets = flatten([
    for row, name in local.names : [
      for column, graph in ["lag", "backlog", "skew", "stopped"] : {
        type   = "metric"
        x      = column * 6
        y      = row * 6
        width  = 6
        height = 6
        properties = {
          title  = "${name}: ${local.graphs[graph].title}"
          region = name
          stat   = "Maximum"
          period = 60
          metrics = [
            for value in local.graphs[graph].values[name] :
            ["Meridian", var.metric_names[graph], "region", name, local.graphs[graph].label, value]
          ]
        }
      }
    ]
  ])
}

resource "aws_cloudwatch_dashboard" "this" {
  region         = var.dashboard_region
  dashboard_name = var.name
  dashboard_body = jsonencode({ widgets = local.widgets })
}
