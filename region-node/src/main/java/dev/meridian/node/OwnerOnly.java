package dev.meridian.node;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.FileVisitor;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files and folders that no other user of the machine may read: 0700 for folders, 0600 for files. Does nothing on file
 * systems without such permissions.
 */
public final class OwnerOnly {
    private static final Logger LOG = LoggerFactory.getLogger(OwnerOnly.class);

    private static final Set<PosixFilePermission> OTHERS =
            EnumSet.range(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_EXECUTE);

    private OwnerOnly() {}

    /** Makes a folder, and those above it that are not there. What is there already is left as it is. */
    public static void createFolders(Path folder) throws IOException {
        Files.createDirectories(
                folder, hasPermissions(folder) ? new FileAttribute<?>[] {ofFolder()} : new FileAttribute<?>[0]);
    }

    private static FileAttribute<Set<PosixFilePermission>> ofFolder() {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    }

    /** @throws java.nio.file.FileAlreadyExistsException if it is there */
    static void createFile(Path file) throws IOException {
        Files.createFile(
                file,
                hasPermissions(file)
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                        }
                        : new FileAttribute<?>[0]);
    }

    private static boolean hasPermissions(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }

    /**
     * Takes the rights of others off a folder and all that is in it. Links in it are not followed. What belongs to another
     * user is left as it is, with a warning.
     */
    public static void narrow(Path folder) throws IOException {
        if (!hasPermissions(folder)) {
            return;
        }
        Refused refused = new Refused();
        // The folder itself may be a link to a volume.
        Files.walkFileTree(folder.toRealPath(), narrowing(refused));
        if (refused.first != null) {
            LOG.warn("{} can be read by others than its owner: it belongs to another user", refused.first);
        }
    }

    private static final class Refused {
        private @Nullable Path first;
    }

    private static FileVisitor<Path> narrowing(Refused refused) {
        return new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                takeOff(folder, refused);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!attributes.isSymbolicLink()) {
                    takeOff(file, refused);
                }
                return FileVisitResult.CONTINUE;
            }

            /** A folder of another user, such as lost+found, or a file that is gone by now. */
            @Override
            public FileVisitResult visitFileFailed(Path path, IOException failed) {
                return FileVisitResult.CONTINUE;
            }
        };
    }

    private static void takeOff(Path path, Refused refused) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        try {
            Set<PosixFilePermission> permissions = view.readAttributes().permissions();
            if (permissions.removeAll(OTHERS)) {
                view.setPermissions(permissions);
            }
        } catch (java.nio.file.NoSuchFileException gone) {
            // Files come and go.
        } catch (java.nio.file.FileSystemException notOurs) {
            if (refused.first == null) {
                refused.first = path;
            }
        }
    }

    /** Whether others than its owner may read a file, as {@code rw-r--r--}; null if not, or if that cannot be told. */
    public static @Nullable String readableByOthers(Path file) {
        if (!hasPermissions(file)) {
            return null;
        }
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            return permissions.contains(PosixFilePermission.GROUP_READ)
                            || permissions.contains(PosixFilePermission.OTHERS_READ)
                    ? PosixFilePermissions.toString(permissions)
                    : null;
        } catch (IOException unknown) {
            return null;
        }
    }
}
