resource "aws_security_group" "kafka" {
  count       = var.managed_kafka ? 1 : 0
  region      = var.region
  name        = "${local.full_name}-kafka"
  description = "The region's Kafka"
  vpc_id      = aws_vpc.this.id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "kafka" {
  for_each          = var.managed_kafka ? toset(concat([var.vpc_cidr], var.peer_cidrs)) : toset([])
  region            = var.region
  security_group_id = aws_security_group.kafka[0].id
  description       = "The node here, and those of other regions, over TLS with SCRAM"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = local.scram_port
  to_port           = local.scram_port
}

resource "aws_vpc_security_group_egress_rule" "kafka" {
  count             = var.managed_kafka ? 1 : 0
  region            = var.region
  security_group_id = aws_security_group.kafka[0].id
  description       = "Brokers among each other"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "-1"
}

resource "aws_msk_configuration" "this" {
  count          = var.managed_kafka ? 1 : 0
  region         = var.region
  name           = local.full_name
  kafka_versions = [var.kafka_version]

  server_properties = <<-EOT
    auto.create.topics.enable=false
    default.replication.factor=3
    min.insync.replicas=2
    unclean.leader.election.enable=false
    message.max.bytes=${local.record_bytes_max}
    replica.fetch.max.bytes=${local.record_bytes_max}
    transaction.max.timeout.ms=900000
  EOT
}

resource "aws_cloudwatch_log_group" "kafka" {
  count             = var.managed_kafka ? 1 : 0
  region            = var.region
  name              = "/${var.name}/${var.region}/kafka"
  retention_in_days = var.log_days
  tags              = local.tags
}

resource "aws_msk_cluster" "this" {
  count                  = var.managed_kafka ? 1 : 0
  region                 = var.region
  cluster_name           = local.full_name
  kafka_version          = var.kafka_version
  number_of_broker_nodes = 3
  enhanced_monitoring    = "PER_BROKER"
  tags                   = local.tags

  broker_node_group_info {
    instance_type   = var.kafka_instance_type
    client_subnets  = aws_subnet.private[*].id
    security_groups = [aws_security_group.kafka[0].id]

    storage_info {
      ebs_storage_info {
        volume_size = var.kafka_volume_gib
      }
    }
  }

  configuration_info {
    arn      = aws_msk_configuration.this[0].arn
    revision = aws_msk_configuration.this[0].latest_revision
  }

  client_authentication {
    sasl {
      scram = true
    }
  }

  encryption_info {
    encryption_at_rest_kms_key_arn = aws_kms_key.data.arn

    encryption_in_transit {
      client_broker = "TLS"
      in_cluster    = true
    }
  }

  logging_info {
    broker_logs {
      cloudwatch_logs {
        enabled   = true
        log_group = aws_cloudwatch_log_group.kafka[0].name
      }
    }
  }
}

resource "random_password" "kafka" {
  count   = var.managed_kafka ? 1 : 0
  length  = 32
  special = false
}

# MSK takes only secrets whose names begin with AmazonMSK_ and whose key is not the account's default.
resource "aws_secretsmanager_secret" "kafka" {
  count       = var.managed_kafka ? 1 : 0
  region      = var.region
  name        = "AmazonMSK_${local.full_name}"
  description = "User of ${local.full_name}'s Kafka, for the nodes of all regions"
  kms_key_id  = aws_kms_key.data.arn
  tags        = local.tags
}

resource "aws_secretsmanager_secret_version" "kafka" {
  count     = var.managed_kafka ? 1 : 0
  region    = var.region
  secret_id = aws_secretsmanager_secret.kafka[0].id

  secret_string = jsonencode({
    username = local.kafka_user
    password = random_password.kafka[0].result
  })
}

resource "aws_msk_scram_secret_association" "this" {
  count           = var.managed_kafka ? 1 : 0
  region          = var.region
  cluster_arn     = aws_msk_cluster.this[0].arn
  secret_arn_list = [aws_secretsmanager_secret.kafka[0].arn]
  depends_on      = [aws_secretsmanager_secret_version.kafka]
}
