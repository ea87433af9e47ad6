# One region without neighbours, with the broker inside its node: the least that is worth having.

provider "aws" {
  region = var.region
}

module "region" {
  source = "../../modules/region"

  region          = var.region
  vpc_cidr        = "10.1.0.0/16"
  managed_kafka   = false
  image           = var.image
  certificate_arn = var.certificate_arn
  http_names      = ["${var.region}.${var.zone_name}", "dynamodb.${var.zone_name}"]
  http_advertised = "https://${var.region}.${var.zone_name}"
}

module "global" {
  source = "../../modules/global"

  regions          = { (var.region) = module.region }
  zone_name        = var.zone_name
  metric_names     = module.region.metric_names
  dashboard_region = var.region
}
