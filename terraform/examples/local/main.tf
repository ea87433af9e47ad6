# Global tables on the three regions of ./meridian up, which must run: the front door hands each of the provider's calls to
# the region that it is signed for.

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "any"
  secret_key                  = "thing"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_requesting_account_id  = true

  endpoints {
    dynamodb = var.endpoint
  }
}

module "orders" {
  source = "../../modules/global-table"

  name                = "orders"
  hash_key            = "customer"
  range_key           = "placed"
  attributes          = { customer = "S", placed = "N", state = "S" }
  replica_regions     = ["eu-west-1", "ap-northeast-1"]
  propagate_tags      = true
  ttl_attribute       = "expires"
  deletion_protection = false
  tags                = { team = "orders" }

  global_secondary_indexes = {
    by-state = { hash_key = "state", range_key = "placed" }
  }
}

module "sessions" {
  source = "../../modules/global-table"

  name                = "sessions"
  hash_key            = "id"
  attributes          = { id = "S" }
  replica_regions     = ["eu-west-1"]
  ttl_attribute       = "expires"
  deletion_protection = false
}
