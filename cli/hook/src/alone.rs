//! With a dead supervisor: judge by a confined classifier and opener of our own, under the policy that was compiled last, and let pass only
//! what is proven safe and counted (I7).

use crate::agents::Proposal;
use crate::answer::{Reply, alone};
use crate::classifier::Source;
use crate::instance::Instance;
use crate::{policy, spool};
use palisade_protocol::verdict::Class;

/// The reply to a call that no supervisor judges.
pub fn judge(instance: &Instance, proposal: &Proposal) -> Reply {
    let deny = |why: &str, rule: &str| Reply::Deny(alone(why, rule, instance));
    let policy = match policy::load(&instance.layout.policy_file(), instance.system) {
        Ok(policy) => policy,
        Err(why) => return deny(&why.to_string(), "guard.policy"),
    };
    if policy.fail_closed {
        return deny("the operator wants everything denied then (fail_mode = \"closed\")", "guard.closed");
    }
    let judged = Source::load(&policy, policy.degraded.iter().map(|name| &**name))
        .and_then(|source| source.start()?.judge(&mut source.opener(), &proposal.call, &proposal.body));
    let verdict = match judged {
        Ok(judged) => judged.verdict,
        Err(why) => return deny(&why.to_string(), "worker.failed"),
    };
    if verdict.class != Class::Safe {
        let why = format!("this is not proven safe: {}", verdict.reason);
        return deny(&why, &verdict.rule);
    }
    match spool::count(&instance.layout, instance.system) {
        Ok(()) => Reply::Pass,
        Err(why) => deny(&why, "guard.count"),
    }
}
