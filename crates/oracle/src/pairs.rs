//! Pairs: from two responses that are compared, or from the answers of a group.

use std::cell::RefCell;

use super::{
    Converted, Turn, file_by,
    format::{Format, Made, Pairs, Schema},
    published::{helpsteer_conversations, object},
    rows::{Message, messages_spelled},
    scores::Label,
    spelling::{python_float, python_string},
};

/// A HelpSteer record with its weighted score.
struct Answer {
    prompt: String,
    response: String,
    label: Label,
    score: f64,
}

/// A pair, before its margin and its length are checked.
struct Pair<'a> {
    context: &'a [Message],
    chosen: &'a str,
    rejected: &'a str,
    margin: f64,
}

impl Format {
    /// Converts whole inputs that follow each other without the rejected records. A group may go on in the next input.
    pub fn inputs(&self, schema: &Schema, inputs: &[&[u8]]) -> (Vec<Converted>, Made) {
        let makes_groups = self.pairs.is_some() && matches!(schema, Schema::HelpSteer(_));
        let (made, groups) = (RefCell::new(Made::default()), RefCell::new(Vec::<Vec<Answer>>::new()));
        let convert = |line: &[u8]| {
            if makes_groups {
                let answer = self.answer(line)?;
                let mut groups = groups.borrow_mut();
                match groups.last_mut() {
                    Some(group) if group[0].prompt == answer.prompt => group.push(answer),
                    _ => groups.push(vec![answer]),
                }
                return Ok(String::new());
            }
            let record = self.record(schema, line)?;
            let rows = record.rows.clone();
            made.borrow_mut().add(record);
            Ok(rows)
        };
        let converted = inputs.iter().map(|input| file_by(input, convert)).collect();
        let mut made = made.into_inner();
        for group in groups.into_inner() {
            made.add(self.group(&group));
        }
        (converted, made)
    }

    /// Converts a whole input without the rejected records.
    pub fn file(&self, schema: &Schema, input: &[u8]) -> (Converted, Made) {
        let (mut converted, made) = self.inputs(schema, &[input]);
        let mut converted = converted.remove(0);
        converted.rows.clone_from(&made.rows);
        converted.unlabelled = made.unlabelled + made.other_split;
        (converted, made)
    }

    fn answer(&self, line: &[u8]) -> Result<Answer, &'static str> {
        let conversations = helpsteer_conversations(object(line)?, &self.names(), None)?;
        let [user, assistant] = <[Turn; 2]>::try_from(conversations.into_iter().next().unwrap()).ok().unwrap();
        if !assistant.label.is_truthy() {
            return Err("invalid-label");
        }
        self.system(Err("invalid-record"))?;
        let label = self.label(&assistant.label.string()?).ok_or("invalid-label")?;
        let score = label.weighted.expect("groups have weights");
        Ok(Answer { prompt: user.value, response: assistant.value, label, score })
    }

    /// The pair of a group: the first of the best answers, and the last of the worst.
    fn group(&self, answers: &[Answer]) -> Made {
        if answers.len() == 1 {
            return Made { unpaired: 1, ..Made::default() };
        }
        let (mut best, mut worst) = (&answers[0], &answers[0]);
        for answer in answers {
            if answer.score > best.score {
                best = answer;
            }
            if answer.score <= worst.score {
                worst = answer;
            }
        }
        let turn = Turn::unlabelled("User", answers[0].prompt.clone());
        let context = self.messages(&turn, "user");
        let margin = best.score - worst.score;
        let pair = Pair { context: &context, chosen: &best.response, rejected: &worst.response, margin };
        let system = self.system(Err("invalid-record")).expect("the answers have one");
        self.pair(system.as_deref(), &pair, &[&best.label, &worst.label])
    }

    /// The pair of two conversations that differ in the last turn alone. Its label is the strength of the second one.
    pub(crate) fn comparison(&self, system: Option<&str>, conversations: &[Vec<Turn>]) -> Result<Made, &'static str> {
        let (last, turns) = conversations[0].split_last().unwrap();
        let label = last.label.clone().string().ok().and_then(|label| self.label(&label)).ok_or("invalid-label")?;
        let strength = label.scores[0];
        let context: Vec<_> =
            turns.iter().flat_map(|turn| self.messages(turn, self.role("User", &turn.from))).collect();
        let [first, second] = [0, 1].map(|number| &*conversations[number].last().unwrap().value);
        let (chosen, rejected) = if strength < 0.0 { (first, second) } else { (second, first) };
        Ok(self.pair(system, &Pair { context: &context, chosen, rejected, margin: strength.abs() }, &[&label]))
    }

    fn pair(&self, system: Option<&str>, pair: &Pair<'_>, labels: &[&Label]) -> Made {
        let &Pair { context, chosen, rejected, margin } = pair;
        let mut made = Made::default();
        let characters = |text: &str| text.chars().count();
        let mut around: usize = context.iter().map(|one| characters(&one.text)).sum();
        around += system.map_or(0, characters);
        let longest = around + characters(chosen).max(characters(rejected));
        if margin == 0.0 {
            made.ties = 1;
        } else if self.min_margin.is_some_and(|least| margin < least) {
            made.below_margin = 1;
        } else if self.max_chars.is_some_and(|most| longest > most) {
            made.too_long = 1;
        } else {
            made.row_count = 1;
            made.scores = vec![vec![Some(margin)]];
            made.rows = self.pair_spelled(system, pair) + "\n";
            let any = |is: &dyn Fn(&Label) -> bool| u64::from(labels.iter().any(|label| is(label)));
            made.unknown_attributes = any(&|label| label.names_unknown);
            made.unscored = any(&|label| self.is_unscored(label));
            made.out_of_range = any(&|label| self.is_out_of_range(label));
            if let [label] = labels {
                label.unknown.iter().for_each(|name| *made.unknown_names.entry(name.clone()).or_default() += 1);
            }
        }
        made
    }

    fn pair_spelled(&self, system: Option<&str>, pair: &Pair<'_>) -> String {
        let &Pair { context, chosen, rejected, margin } = pair;
        let mut messages: Vec<_> = system.into_iter().map(|system| ("system", system)).collect();
        messages.extend(context.iter().map(|one| (one.role, &*one.text)));
        let answer = |text| messages_spelled(&[("assistant", text)]);
        let margin = python_float(margin);
        match self.pairs.expect("rows are pairs") {
            Pairs::Trl => format!(
                r#"{{"prompt": {}, "chosen": {}, "rejected": {}, "margin": {margin}}}"#,
                messages_spelled(&messages),
                answer(chosen),
                answer(rejected),
            ),
            Pairs::NemoRl => format!(
                r#"{{"context": {}, "completions": [{{"rank": 0, "completion": {}}}, {{"rank": 1, "completion": {}}}]}}"#,
                messages_spelled(&messages),
                answer(chosen),
                answer(rejected),
            ),
            Pairs::Swift => {
                messages.push(("assistant", chosen));
                let (messages, rejected) = (messages_spelled(&messages), python_string(rejected));
                format!(r#"{{"messages": {messages}, "rejected_response": {rejected}, "margin": {margin}}}"#)
            }
            Pairs::LlamaFactory => {
                let system = system.map(|system| format!(r#""system": {}, "#, python_string(system)));
                let turn = |role: &str, text: &str| {
                    let from = if role == "user" { "human" } else { "gpt" };
                    format!(r#"{{"from": "{from}", "value": {}}}"#, python_string(text))
                };
                let turns: Vec<_> = context.iter().map(|one| turn(one.role, &one.text)).collect();
                format!(
                    r#"{{{}"conversations": [{}], "chosen": {}, "rejected": {}}}"#,
                    system.unwrap_or_default(),
                    turns.join(", "),
                    turn("assistant", chosen),
                    turn("assistant", rejected),
                )
            }
        }
    }
}
