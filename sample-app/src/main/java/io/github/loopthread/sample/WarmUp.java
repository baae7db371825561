package io.github.loopthread.sample;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Makes a page before the shop says that it is open. The first page of a process takes
 * longer than others, for it loads many classes, and on a busy machine it would not come
 * within its limit.
 */
@Component
class WarmUp {

	private static final Log logger = LogFactory.getLog(WarmUp.class);

	private final ProductController products;

	WarmUp(ProductController products) {
		this.products = products;
	}

	@EventListener(ApplicationStartedEvent.class)
	void makePage() {
		try {
			this.products.page("warm-up");
		}
		catch (RuntimeException ex) {
			// The shop opens without its services too
			logger.debug("No page to warm up with", ex);
		}
	}

}
