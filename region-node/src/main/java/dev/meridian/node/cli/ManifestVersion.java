package dev.meridian.node.cli;

import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest. */
final class ManifestVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Meridian.class.getPackage().getImplementationVersion();
        return new String[] {
            "meridian " + (version == null ? "(development build)" : version), "Java " + Runtime.version()
        };
    }
}
