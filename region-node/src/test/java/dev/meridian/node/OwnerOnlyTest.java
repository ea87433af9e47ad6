package dev.meridian.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnerOnlyTest {
    @TempDir
    Path folder;

    private static String permissions(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static Path with(Path path, String permissions) throws Exception {
        return Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    @Test
    void whatAnEarlierReleaseLeftIsNarrowed() throws Exception {
        Path data = with(Files.createDirectory(folder.resolve("data")), "rwxr-xr-x");
        Path store = with(Files.createDirectory(data.resolve("store")), "rwxrwxrwx");
        Path file = with(Files.createFile(store.resolve("data.mdb")), "rw-rw-r--");
        Path readOnly = with(Files.createFile(store.resolve("segment")), "r--r--r--");
        Path elsewhere = with(Files.createFile(folder.resolve("elsewhere")), "rw-r--r--");
        Files.createSymbolicLink(data.resolve("link"), elsewhere);
        Files.createSymbolicLink(data.resolve("dangling"), folder.resolve("nowhere"));
        OwnerOnly.narrow(Files.createSymbolicLink(folder.resolve("volume"), data));
        assertThat(permissions(data)).isEqualTo("rwx------");
        assertThat(permissions(store)).isEqualTo("rwx------");
        assertThat(permissions(file)).isEqualTo("rw-------");
        assertThat(permissions(readOnly)).isEqualTo("r--------");
        assertThat(permissions(elsewhere)).as("outside").isEqualTo("rw-r--r--");
    }

    @Test
    void aNewFolderIsTheOwnersAndOneThatIsThereStaysAsItIs() throws Exception {
        Path there = with(Files.createDirectory(folder.resolve("there")), "rwxr-xr-x");
        OwnerOnly.createFolders(there.resolve("new/region"));
        assertThat(permissions(there)).isEqualTo("rwxr-xr-x");
        assertThat(permissions(there.resolve("new"))).isEqualTo("rwx------");
        assertThat(permissions(there.resolve("new/region"))).isEqualTo("rwx------");
    }

    @Test
    void aFileThatOthersMayReadIsTold() throws Exception {
        Path config = with(Files.createFile(folder.resolve("region.yaml")), "rw-r-----");
        assertThat(OwnerOnly.readableByOthers(config)).isEqualTo("rw-r-----");
        assertThat(OwnerOnly.readableByOthers(with(config, "rw----r--"))).isEqualTo("rw----r--");
        assertThat(OwnerOnly.readableByOthers(with(config, "rw-------"))).isNull();
        assertThat(OwnerOnly.readableByOthers(folder.resolve("nowhere"))).isNull();
    }
}
