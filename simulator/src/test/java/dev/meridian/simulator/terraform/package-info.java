/**
 * What can be known of the Terraform modules without AWS: that their parts fit together and agree with the code. The files
 * are read by {@link dev.meridian.simulator.terraform.Hcl}, for the parser for Java that Maven Central has (hcl4j 0.9.8)
 * refuses object comprehensions with templates for keys, and computed keys.
 */
package dev.meridian.simulator.terraform;
