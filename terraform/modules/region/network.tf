data "aws_availability_zones" "usable" {
  region = var.region
  state  = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  zones = slice(data.aws_availability_zones.usable.names, 0, 3)
}

resource "aws_vpc" "this" {
  region               = var.region
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = merge(local.tags, { Name = local.full_name })
}

resource "aws_internet_gateway" "this" {
  region = var.region
  vpc_id = aws_vpc.this.id
  tags   = merge(local.tags, { Name = local.full_name })
}

# For the NAT gateway alone: nothing of Meridian stands in a public subnet.
resource "aws_subnet" "public" {
  count             = 3
  region            = var.region
  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index)
  tags              = merge(local.tags, { Name = "${local.full_name}-public-${count.index}" })
}

resource "aws_subnet" "private" {
  count             = 3
  region            = var.region
  vpc_id            = aws_vpc.this.id
  availability_zone = local.zones[count.index]
  cidr_block        = cidrsubnet(var.vpc_cidr, 4, count.index + 3)
  tags              = merge(local.tags, { Name = "${local.full_name}-private-${count.index}" })
}

resource "aws_eip" "nat" {
  region = var.region
  domain = "vpc"
  tags   = merge(local.tags, { Name = "${local.full_name}-nat" })
}

resource "aws_nat_gateway" "this" {
  region        = var.region
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[0].id
  tags          = merge(local.tags, { Name = local.full_name })
}

resource "aws_route_table" "public" {
  region = var.region
  vpc_id = aws_vpc.this.id
  tags   = merge(local.tags, { Name = "${local.full_name}-public" })
}

resource "aws_route" "internet" {
  region                 = var.region
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  count          = 3
  region         = var.region
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  region = var.region
  vpc_id = aws_vpc.this.id
  tags   = merge(local.tags, { Name = "${local.full_name}-private" })
}

resource "aws_route" "nat" {
  region                 = var.region
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this.id
}

resource "aws_route_table_association" "private" {
  count          = 3
  region         = var.region
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "balancer" {
  region      = var.region
  name        = "${local.full_name}-balancer"
  description = "Who may use the endpoint"
  vpc_id      = aws_vpc.this.id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each          = toset(concat([var.vpc_cidr], var.client_cidrs))
  region            = var.region
  security_group_id = aws_security_group.balancer.id
  description       = "DynamoDB over TLS"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  region                       = var.region
  security_group_id            = aws_security_group.balancer.id
  description                  = "To the node"
  referenced_security_group_id = aws_security_group.node.id
  ip_protocol                  = "tcp"
  from_port                    = local.http_port
  to_port                      = local.http_port
}

resource "aws_security_group" "node" {
  region      = var.region
  name        = "${local.full_name}-node"
  description = "The region's node"
  vpc_id      = aws_vpc.this.id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "node_http" {
  region                       = var.region
  security_group_id            = aws_security_group.node.id
  description                  = "DynamoDB and pages, from the load balancer only"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.http_port
  to_port                      = local.http_port
}

resource "aws_vpc_security_group_ingress_rule" "node_broker" {
  for_each          = var.managed_kafka ? toset([]) : toset(var.peer_cidrs)
  region            = var.region
  security_group_id = aws_security_group.node.id
  description       = "Other regions read the broker inside the node"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = local.broker_port
  to_port           = local.broker_port
}

resource "aws_vpc_security_group_egress_rule" "node" {
  region            = var.region
  security_group_id = aws_security_group.node.id
  description       = "Kafka here and elsewhere, registry, AWS"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
