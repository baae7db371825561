/**
 * Auto-configuration for servlet applications: the HTTP status of each way a wait can
 * end, and the end of what a request has left open.
 */
@NullMarked
package io.github.loopthread.autoconfigure.web;

import org.jspecify.annotations.NullMarked;
