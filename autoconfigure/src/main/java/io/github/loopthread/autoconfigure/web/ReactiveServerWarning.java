package io.github.loopthread.autoconfigure.web;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;

/**
 * Says once, at start, that the loop is of little use to a WebFlux server. Not a failure:
 * such an application may have threads of its own that block, or a library that needs the
 * loop.
 */
final class ReactiveServerWarning implements SmartInitializingSingleton {

	private static final Log logger = LogFactory.getLog(ReactiveServerWarning.class);

	@Override
	public void afterSingletonsInstantiated() {
		logger.warn("The loop is for applications that block, and this is a WebFlux server, which has event loops "
				+ "already: return the Mono instead of waiting for it with LoopTemplate, which is refused on the "
				+ "server's threads. If nothing here needs the loop, remove the starter or set 'loop.enabled=false'");
	}

}
