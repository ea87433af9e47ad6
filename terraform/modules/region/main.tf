locals {
  full_name = "${var.name}-${var.region}"
  tags      = merge({ Application = var.name }, var.tags)

  # As the code has them: RegionConfig's defaults, and what Kafka's clients are set to.
  http_port        = 8000
  broker_port      = 9092
  record_bytes_max = 41943040

  # MSK's own port for SASL/SCRAM.
  scram_port = 9096
  kafka_port = var.managed_kafka ? local.scram_port : local.broker_port

  topic_prefix = "meridian.${var.region}"
}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

resource "aws_kms_key" "data" {
  region                  = var.region
  description             = "${local.full_name}: data volume, snapshots, Kafka and secrets"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = local.tags
}

resource "aws_kms_alias" "data" {
  region        = var.region
  name          = "alias/${local.full_name}"
  target_key_id = aws_kms_key.data.key_id
}
