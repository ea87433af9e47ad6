locals {
  kafka = {
    embedded = {
      host = var.embedded_kafka_host
      port = var.embedded_kafka_port
    }
    bootstrap  = var.kafka_bootstrap
    properties = var.kafka_properties
  }
  peers = [
    for region in sort(keys(var.peers)) : {
      region     = region
      bootstrap  = var.peers[region].bootstrap
      properties = var.peers[region].properties
    }
  ]
  http = {
    host        = "0.0.0.0"
    port        = var.http_port
    names       = var.http_names
    crossOrigin = var.cross_origin
    advertised  = var.http_advertised
  }
  config = {
    region     = var.region
    data       = "/var/lib/meridian"
    http       = { for key, value in local.http : key => value if key != "advertised" || var.http_advertised != "" }
    kafka      = { for key, value in local.kafka : key => value if(key == "embedded") == (var.kafka_bootstrap == null) }
    peers      = local.peers
    partitions = var.partitions
    throttling = var.throttling
    evictAfter = var.evict_after
  }
}
