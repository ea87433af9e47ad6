locals {
  kafka_user = "meridian"

  # Passwords stay out of the config: Kafka's clients read them from a file that is written at boot.
  passwords = "/run/meridian/passwords.properties"
  login     = "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"${local.kafka_user}\""
  scram = {
    "security.protocol"                         = "SASL_SSL"
    "sasl.mechanism"                            = "SCRAM-SHA-512"
    "config.providers"                          = "file"
    "config.providers.file.class"               = "org.apache.kafka.common.config.provider.FileConfigProvider"
    "config.providers.file.param.allowed.paths" = dirname(local.passwords)
  }
  clients = {
    for region in concat([var.region], keys(var.peers)) : region => merge(local.scram, {
      "sasl.jaas.config" = "${local.login} password=\"$${file:${local.passwords}:${region}}\";"
    })
  }

  own_secret = var.managed_kafka ? { (var.region) = aws_secretsmanager_secret.kafka[0].arn } : {}
  secrets = merge(local.own_secret, {
    for region, peer in var.peers : region => peer.secret_arn if peer.secret_arn != null
  })
}

module "config" {
  source = "../node-config"

  region              = var.region
  http_port           = local.http_port
  http_names          = concat([aws_lb.this.dns_name], var.http_names)
  http_advertised     = var.http_advertised
  kafka_bootstrap     = var.managed_kafka ? aws_msk_cluster.this[0].bootstrap_brokers_sasl_scram : null
  kafka_properties    = var.managed_kafka ? local.clients[var.region] : {}
  embedded_kafka_host = var.managed_kafka ? "127.0.0.1" : aws_network_interface.node.private_ip
  embedded_kafka_port = local.broker_port
  partitions          = var.partitions
  throttling          = var.throttling
  evict_after         = var.evict_after

  peers = {
    for region, peer in var.peers : region => {
      bootstrap  = peer.bootstrap
      properties = peer.secret_arn == null ? {} : local.clients[region]
    }
  }
}
