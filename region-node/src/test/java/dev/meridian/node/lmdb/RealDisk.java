package dev.meridian.node.lmdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Assumptions;

/** A small file system of the test's own, if this process may mount one. */
final class RealDisk implements AutoCloseable {
    private static final int BLOCK = 4_096;

    final Path path;
    private final Deque<Path> mounted = new ArrayDeque<>();
    private final Path below;

    private RealDisk(Path path, Path below) {
        this.path = path;
        this.below = below;
    }

    /** In memory: it takes exactly as many bytes as it says. */
    static RealDisk tmpfs(Path folder, int megabytes) throws IOException {
        Path path = Files.createDirectory(folder.resolve("disk"));
        RealDisk disk = new RealDisk(path, path);
        disk.mount(path, "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs");
        return disk;
    }

    /** An ext4 whose device is a file on a smaller tmpfs: it promises room that its device does not have. */
    static RealDisk overcommitted(Path folder, int megabytes, int deviceMegabytes, String features) throws IOException {
        Path below = Files.createDirectory(folder.resolve("below"));
        Path path = Files.createDirectory(folder.resolve("disk"));
        RealDisk disk = new RealDisk(path, below);
        disk.mount(below, "-t", "tmpfs", "-o", "size=" + deviceMegabytes + "m", "tmpfs");
        try {
            Path image = below.resolve("image");
            disk.require("truncate", "-s", megabytes + "M", image.toString());
            disk.require("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0", "-O", features, image.toString());
            disk.mount(path, "-o", "loop", image.toString());
            return disk;
        } catch (IOException | RuntimeException failed) {
            disk.close();
            throw failed;
        }
    }

    private void mount(Path at, String... options) throws IOException {
        String[] command = new String[options.length + 2];
        command[0] = "mount";
        System.arraycopy(options, 0, command, 1, options.length);
        command[command.length - 1] = at.toString();
        require(command);
        mounted.push(at);
    }

    private void require(String... command) throws IOException {
        Assumptions.assumeTrue(run(command), String.join(" ", command) + " is not allowed here");
    }

    static boolean run(String... command) throws IOException {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (InterruptedException asked) {
            Thread.currentThread().interrupt();
            return false;
        } catch (IOException notThere) {
            return false;
        }
    }

    /** @param left bytes that stay free */
    void fill(long left) {
        Path filler = path.resolve("filler");
        try (var out = Files.newOutputStream(filler)) {
            while (path.toFile().getUsableSpace() > left) {
                out.write(new byte[BLOCK]);
            }
        } catch (IOException full) {
            if (path.toFile().getUsableSpace() > left) {
                throw new UncheckedIOException(full);
            }
        }
    }

    void free() throws IOException {
        Files.delete(path.resolve("filler"));
    }

    /** The tmpfs below gets another size. */
    boolean resize(int megabytes) throws IOException {
        return run("mount", "-o", "remount,size=" + megabytes + "m", below.toString());
    }

    /** @param how ro or rw */
    boolean remount(String how) throws IOException {
        return run("mount", "-o", "remount," + how, path.toString());
    }

    /** As ext4 does when it finds that it is damaged. @return false if this kernel cannot be asked to */
    boolean failFileSystem() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/mounts"))) {
            String[] fields = line.split(" ");
            if (fields[1].equals(path.toString())) {
                Path trigger = Path.of("/sys/fs/ext4", Path.of(fields[0]).getFileName() + "", "trigger_fs_error");
                if (Files.exists(trigger)) {
                    Files.writeString(trigger, "1");
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public void close() throws IOException {
        while (!mounted.isEmpty()) {
            run("umount", "-l", mounted.pop().toString());
        }
    }
}
