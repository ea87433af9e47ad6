# Three regions with a managed Kafka each, joined by peering, under one name that leads to the nearest that serves. The
# regions are three modules and not one with for_each, for each needs what the others put out.

provider "aws" {
  region = "us-east-1"
}

locals {
  vpc_cidrs = {
    us-east-1      = "10.1.0.0/16"
    eu-west-1      = "10.2.0.0/16"
    ap-northeast-1 = "10.3.0.0/16"
  }
  regions = {
    us-east-1      = module.us
    eu-west-1      = module.eu
    ap-northeast-1 = module.ap
  }
}

module "us" {
  source = "../../modules/region"

  region           = "us-east-1"
  vpc_cidr         = local.vpc_cidrs["us-east-1"]
  peer_cidrs       = [for region, cidr in local.vpc_cidrs : cidr if region != "us-east-1"]
  client_cidrs     = [for region, cidr in local.vpc_cidrs : cidr if region != "us-east-1"]
  image            = var.image
  certificate_arn  = var.certificate_arns["us-east-1"]
  http_names       = ["us-east-1.${var.zone_name}", "dynamodb.${var.zone_name}"]
  http_advertised  = "https://us-east-1.${var.zone_name}"
  alarm_topic_arns = lookup(var.alarm_topic_arns, "us-east-1", [])

  peers = {
    eu-west-1 = {
      bootstrap  = module.eu.kafka_bootstrap
      secret_arn = module.eu.kafka_secret_arn
    }
    ap-northeast-1 = {
      bootstrap  = module.ap.kafka_bootstrap
      secret_arn = module.ap.kafka_secret_arn
    }
  }
}

module "eu" {
  source = "../../modules/region"

  region           = "eu-west-1"
  vpc_cidr         = local.vpc_cidrs["eu-west-1"]
  peer_cidrs       = [for region, cidr in local.vpc_cidrs : cidr if region != "eu-west-1"]
  client_cidrs     = [for region, cidr in local.vpc_cidrs : cidr if region != "eu-west-1"]
  image            = var.image
  certificate_arn  = var.certificate_arns["eu-west-1"]
  http_names       = ["eu-west-1.${var.zone_name}", "dynamodb.${var.zone_name}"]
  http_advertised  = "https://eu-west-1.${var.zone_name}"
  alarm_topic_arns = lookup(var.alarm_topic_arns, "eu-west-1", [])

  peers = {
    us-east-1 = {
      bootstrap  = module.us.kafka_bootstrap
      secret_arn = module.us.kafka_secret_arn
    }
    ap-northeast-1 = {
      bootstrap  = module.ap.kafka_bootstrap
      secret_arn = module.ap.kafka_secret_arn
    }
  }
}

module "ap" {
  source = "../../modules/region"

  region           = "ap-northeast-1"
  vpc_cidr         = local.vpc_cidrs["ap-northeast-1"]
  peer_cidrs       = [for region, cidr in local.vpc_cidrs : cidr if region != "ap-northeast-1"]
  client_cidrs     = [for region, cidr in local.vpc_cidrs : cidr if region != "ap-northeast-1"]
  image            = var.image
  certificate_arn  = var.certificate_arns["ap-northeast-1"]
  http_names       = ["ap-northeast-1.${var.zone_name}", "dynamodb.${var.zone_name}"]
  http_advertised  = "https://ap-northeast-1.${var.zone_name}"
  alarm_topic_arns = lookup(var.alarm_topic_arns, "ap-northeast-1", [])

  peers = {
    us-east-1 = {
      bootstrap  = module.us.kafka_bootstrap
      secret_arn = module.us.kafka_secret_arn
    }
    eu-west-1 = {
      bootstrap  = module.eu.kafka_bootstrap
      secret_arn = module.eu.kafka_secret_arn
    }
  }
}

module "global" {
  source = "../../modules/global"

  regions          = local.regions
  zone_name        = var.zone_name
  metric_names     = module.us.metric_names
  dashboard_region = "us-east-1"
}
