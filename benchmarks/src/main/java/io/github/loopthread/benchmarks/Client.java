package io.github.loopthread.benchmarks;

import java.io.IOException;
import java.util.List;

/**
 * A client process as its parent sees it.
 */
final class Client implements AutoCloseable {

	private final Child process;

	/**
	 * Start one.
	 * @param request what it is for
	 * @param jvmOptions options of its JVM
	 */
	Client(ClientRequest request, List<String> jvmOptions) throws IOException {
		this.process = Child.start(jvmOptions, "client", request.json());
	}

	Measurement run(ClientRun run) throws Exception {
		this.process.tell(run);
		return this.process.await(Measurement.class, run.unmeasured().plus(run.measured()));
	}

	@Override
	public void close() throws Exception {
		this.process.close();
	}

}
