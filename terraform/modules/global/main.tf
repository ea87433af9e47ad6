locals {
  tags  = merge({ Application = var.name }, var.tags)
  names = sort(keys(var.regions))

  # Each pair of regions once.
  pairs = {
    for pair in setproduct(local.names, local.names) : "${pair[0]}--${pair[1]}" => {
      from = pair[0]
      to   = pair[1]
    } if index(local.names, pair[0]) < index(local.names, pair[1])
  }

  # From each region's route tables to each other region.
  ways = merge([
    for key, pair in local.pairs : merge(
      {
        for name, table in var.regions[pair.from].route_table_ids : "${key}--${pair.from}--${name}" => {
          pair = key, region = pair.from, table = table, cidr = var.regions[pair.to].vpc_cidr
        }
      },
      {
        for name, table in var.regions[pair.to].route_table_ids : "${key}--${pair.to}--${name}" => {
          pair = key, region = pair.to, table = table, cidr = var.regions[pair.from].vpc_cidr
        }
      }
    )
  ]...)
}

resource "aws_vpc_peering_connection" "pair" {
  for_each    = local.pairs
  region      = each.value.from
  vpc_id      = var.regions[each.value.from].vpc_id
  peer_vpc_id = var.regions[each.value.to].vpc_id
  peer_region = each.value.to
  tags        = merge(local.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_vpc_peering_connection_accepter" "pair" {
  for_each                  = local.pairs
  region                    = each.value.to
  vpc_peering_connection_id = aws_vpc_peering_connection.pair[each.key].id
  auto_accept               = true
  tags                      = merge(local.tags, { Name = "${var.name}-${each.key}" })
}

resource "aws_route" "way" {
  for_each                  = local.ways
  region                    = each.value.region
  route_table_id            = each.value.table
  destination_cidr_block    = each.value.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.pair[each.value.pair].id
}
