package dev.meridian.node.lmdb;

/** A fault that a test has put in: {@link DiskFaults}. */
final class DiskFaultException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    final DiskFaults.Step step;
    final int errno;

    DiskFaultException(DiskFaults.Step step, int errno) {
        super(step + " met errno " + errno, null, false, false);
        this.step = step;
        this.errno = errno;
    }

    /** Whether it is open what of the commit will be found on the disk. */
    boolean isSyncLost() {
        return step == DiskFaults.Step.SYNC || step == DiskFaults.Step.META;
    }
}
