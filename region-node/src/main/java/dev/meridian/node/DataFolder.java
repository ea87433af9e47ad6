package dev.meridian.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A region's folder, held by this process alone as long as it is open. Other users of the machine cannot read it. */
final class DataFolder implements AutoCloseable {
    private final Path folder;
    private final FileChannel channel;

    private DataFolder(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /** @throws StartException if it cannot be written, or another process holds it */
    static DataFolder claim(Path folder) {
        FileChannel channel;
        try {
            OwnerOnly.createFolders(folder);
            channel = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException file) {
            throw new StartException("the data folder " + folder + " cannot be made: a file is in the way");
        } catch (IOException denied) {
            throw new StartException("the data folder " + folder + " cannot be written: " + denied.getMessage());
        }
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (IOException | OverlappingFileLockException taken) {
            lock = null;
        }
        if (lock == null) {
            throw new StartException("the data folder " + folder + " is in use by another Meridian");
        }
        DataFolder claimed = new DataFolder(folder, channel);
        // Earlier releases made it with the rights of the process's umask.
        claimed.narrow();
        return claimed;
    }

    /** Takes the rights of others off all that is there by now. */
    void narrow() {
        try {
            OwnerOnly.narrow(folder);
        } catch (IOException broken) {
            throw new StartException("the data folder " + folder + " cannot be read: " + broken.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
